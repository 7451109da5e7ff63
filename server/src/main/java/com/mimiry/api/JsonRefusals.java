package com.mimiry.api;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says in our words what Jackson did not like about a request's body. */
final class JsonRefusals {
    private JsonRefusals() {}

    static ApiException of(JsonProcessingException problem) {
        for (Throwable cause = problem.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof ApiException refusal) {
                return refusal; // thrown by a record's constructor
            }
        }
        if (problem instanceof JsonMappingException mapping && isAboutContent(mapping)) {
            String field = path(mapping);
            Class<?> target = target(mapping);
            return ApiException.invalidField(field, field + " must be " + expected(target) + ".");
        }
        return malformed(problem);
    }

    private static @Nullable Class<?> target(JsonMappingException problem) {
        if (problem instanceof MismatchedInputException mismatch) {
            return mismatch.getTargetType();
        }
        return problem.getCause() instanceof InputCoercionException number ? number.getTargetType() : null;
    }

    private static boolean isAboutContent(JsonMappingException problem) {
        boolean trailing = problem instanceof MismatchedInputException
                && String.valueOf(problem.getOriginalMessage()).startsWith("Trailing token");
        boolean empty = String.valueOf(problem.getOriginalMessage()).startsWith("No content to map");
        // Syntax errors inside a container arrive wrapped.
        boolean wrapped = problem.getCause() instanceof JsonProcessingException cause
                && !(cause instanceof InputCoercionException);
        return !trailing && !empty && !wrapped;
    }

    private static ApiException malformed(JsonProcessingException problem) {
        Map<String, Object> details = new LinkedHashMap<>();
        JsonLocation location = problem.getLocation();
        String where = "";
        if (location != null && location.getLineNr() > 0) {
            details.put("line", location.getLineNr());
            details.put("column", location.getColumnNr());
            where = " at line " + location.getLineNr() + ", column " + location.getColumnNr();
        }
        if (String.valueOf(problem.getOriginalMessage()).startsWith("Trailing token")) {
            return new ApiException(
                    ErrorCode.MALFORMED_JSON, "The body goes on after its JSON value" + where + ".", details);
        }
        String reason = String.valueOf(problem.getOriginalMessage())
                .lines()
                .findFirst()
                .orElse("")
                .replaceAll("\\(?(com|java|org)\\.[\\w.$]+\\)?", "")
                // Advice to whoever configures the parser.
                .replaceAll(", from `[^`]*`|: enable `[^`]*`.*", "")
                .strip();
        return new ApiException(
                ErrorCode.MALFORMED_JSON, "The body is not one valid JSON value" + where + ": " + reason, details);
    }

    private static String path(JsonMappingException problem) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : problem.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.isEmpty() ? "body" : path.toString();
    }

    private static String expected(@Nullable Class<?> target) {
        if (target == null) {
            return "of another type";
        }
        if (target.isEnum()) {
            List<String> names = Arrays.stream(target.getEnumConstants())
                    .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                    .toList();
            return "one of " + String.join(", ", names);
        }
        if (target == String.class) {
            return "a string";
        }
        if (target == Boolean.class || target == boolean.class) {
            return "true or false";
        }
        if (target == Integer.class || target == int.class || target == Long.class || target == long.class) {
            return "a whole number within range";
        }
        if (Number.class.isAssignableFrom(target) || target.isPrimitive()) {
            return "a number";
        }
        if (Collection.class.isAssignableFrom(target) || target.isArray()) {
            return "an array";
        }
        return target.getPackageName().startsWith("java.time") ? "an RFC 3339 time" : structured(target);
    }

    private static String structured(Class<?> target) {
        return target == java.util.UUID.class ? "a UUID" : "an object";
    }
}
