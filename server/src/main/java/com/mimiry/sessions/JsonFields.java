package com.mimiry.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.mimiry.api.ApiException;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads a JSON object field by field; whatever does not fit is a 422 that names the field. Absent and null are the same. */
record JsonFields(JsonNode object, String path) {
    static JsonFields of(JsonNode body) {
        if (!body.isObject()) {
            throw ApiException.invalidField("body", "The body must be a JSON object.");
        }
        return new JsonFields(body, "");
    }

    String path(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    @Nullable JsonNode node(String field) {
        JsonNode node = object.get(field);
        return node == null || node.isNull() ? null : node;
    }

    @Nullable JsonFields object(String field) {
        JsonNode node = node(field);
        if (node == null) {
            return null;
        }
        if (!node.isObject()) {
            throw wrongType(field, "an object", node);
        }
        return new JsonFields(node, path(field));
    }

    @Nullable String text(String field) {
        JsonNode node = node(field);
        if (node == null) {
            return null;
        }
        if (!node.isTextual()) {
            throw wrongType(field, "a string", node);
        }
        return withoutNul(field, node.textValue());
    }

    String requiredText(String field) {
        String text = text(field);
        if (text == null) {
            throw ApiException.invalidField(path(field), "The field %s is required.".formatted(path(field)));
        }
        return text;
    }

    @Nullable Boolean bool(String field) {
        JsonNode node = node(field);
        if (node == null) {
            return null;
        }
        if (!node.isBoolean()) {
            throw wrongType(field, "true or false", node);
        }
        return node.booleanValue();
    }

    /** A whole number from {@code min} to {@code max}. */
    @Nullable Long whole(String field, long min, long max) {
        JsonNode node = node(field);
        return node == null ? null : whole(path(field), node, min, max);
    }

    private static Long whole(String where, JsonNode node, long min, long max) {
        boolean fits = node.isNumber()
                && Money.isShort(node.decimalValue())
                && node.decimalValue().stripTrailingZeros().scale() <= 0
                && node.decimalValue().compareTo(BigDecimal.valueOf(min)) >= 0
                && node.decimalValue().compareTo(BigDecimal.valueOf(max)) <= 0;
        if (!fits) {
            throw ApiException.invalidField(
                    where, "%s must be a whole number from %d to %d, not %s.".formatted(where, min, max, brief(node)));
        }
        return node.decimalValue().longValueExact();
    }

    /** Any number. */
    @Nullable BigDecimal decimal(String field) {
        JsonNode node = node(field);
        if (node == null) {
            return null;
        }
        if (!node.isNumber()) {
            throw wrongType(field, "a number", node);
        }
        if (!Money.isShort(node.decimalValue())) {
            throw wrongType(field, "a number of at most 30 digits, 12 of them decimals", node);
        }
        return node.decimalValue();
    }

    /** An amount of euros above zero with at most six decimals. */
    @Nullable Money money(String field) {
        JsonNode node = node(field);
        if (node == null) {
            return null;
        }
        boolean fits = node.isNumber()
                && Money.isShort(node.decimalValue())
                && node.decimalValue().signum() > 0
                && node.decimalValue().compareTo(BigDecimal.valueOf(1_000_000_000)) <= 0;
        if (!fits) {
            throw ApiException.invalidField(
                    path(field),
                    "%s must be a number of euros above 0 with at most 12 decimals, not %s."
                            .formatted(path(field), brief(node)));
        }
        return Money.ofEuros(
                node.decimalValue().setScale(6, java.math.RoundingMode.DOWN).max(new BigDecimal("0.000001")));
    }

    @Nullable UUID uuid(String field) {
        String text = text(field);
        if (text == null) {
            return null;
        }
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException _) {
            throw ApiException.invalidField(path(field), "%s must be a UUID.".formatted(path(field)));
        }
    }

    /** One string, or an array of strings; empty where absent. */
    List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : elements(field)) {
            if (!element.isTextual()) {
                throw wrongType(field, "an array of strings", element);
            }
            texts.add(withoutNul(field, element.textValue()));
        }
        return texts;
    }

    /** One whole number, or an array of them; empty where absent. */
    List<Integer> wholes(String field, int min, int max) {
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode element : elements(field)) {
            numbers.add(whole(path(field), element, min, max).intValue());
        }
        return numbers;
    }

    private List<JsonNode> elements(String field) {
        JsonNode node = node(field);
        if (node == null) {
            return List.of();
        }
        if (node.isObject()) {
            throw wrongType(field, "an array", node);
        }
        List<JsonNode> elements = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(elements::add);
        } else {
            elements.add(node);
        }
        if (elements.size() > 100) {
            throw ApiException.invalidField(path(field), "%s may have 100 entries at most.".formatted(path(field)));
        }
        return elements;
    }

    /** One of an enum's constants, whatever its case. */
    <E extends Enum<E>> E constant(String field, Class<E> type, String value) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equalsIgnoreCase(value.strip())) {
                return constant;
            }
        }
        List<String> known = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            known.add(constant.name().toLowerCase(Locale.ROOT));
        }
        throw ApiException.invalidField(
                path(field),
                "%s has the unknown value \"%s\"; it may be one of %s."
                        .formatted(path(field), shorten(value), String.join(", ", known)));
    }

    ApiException wrongType(String field, String wanted, JsonNode found) {
        return ApiException.invalidField(
                path(field), "%s must be %s, not %s.".formatted(path(field), wanted, brief(found)));
    }

    private String withoutNul(String field, String text) {
        if (text.indexOf('\0') >= 0) {
            throw ApiException.invalidField(path(field), "%s must not contain a NUL character.".formatted(path(field)));
        }
        return text;
    }

    private static String brief(JsonNode node) {
        return node.getNodeType() == JsonNodeType.STRING
                ? "the string \"" + shorten(node.textValue()) + "\""
                : shorten(node.toString());
    }

    private static String shorten(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
