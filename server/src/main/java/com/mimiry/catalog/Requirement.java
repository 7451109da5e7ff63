package com.mimiry.catalog;

import com.mimiry.providers.Offer;
import java.util.function.Predicate;

/**
 * A condition on offers that is not about the GPU, such as being where a volume is.
 *
 * @param field of the request that sets it
 * @param explanation a sentence for when no offer meets it
 */
public record Requirement(String field, Predicate<Offer> accepts, String explanation) {
    public static final Requirement NONE = new Requirement("", _ -> true, "");
}
