package com.mimiry.billing;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;

/** In which format an answer is wanted. */
final class Formats {
    static final String CSV = "text/csv";
    static final String PDF = "application/pdf";

    private Formats() {}

    /** The offered format that the client likes best; the first one where it does not care. */
    static String choose(HttpHeaders headers, String... offered) {
        for (MediaType wanted : headers.getAcceptableMediaTypes()) {
            for (String format : List.of(offered)) {
                if (wanted.isCompatible(MediaType.valueOf(format))) {
                    return format;
                }
            }
        }
        return offered[0];
    }

    static Response download(Object body, String format, String name) {
        return Response.ok(body, format.equals(CSV) ? CSV + ";charset=UTF-8" : format)
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + name + "\"")
                .build();
    }
}
