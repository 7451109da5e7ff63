package com.mimiry.platform;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.WithDefault;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A config mapping filled from a map: the defaults and the conversions are the real ones. The server makes its mappings'
 * classes at build time, with a library that is not there in plain tests.
 */
public final class TestConfig {
    private static final SmallRyeConfig CONVERTERS =
            new SmallRyeConfigBuilder().addDiscoveredConverters().build();

    private TestConfig() {}

    /** @param properties by full name, such as {@code mimiry.market.margin} */
    public static <T> T of(Class<T> mapping, Map<String, String> properties) {
        return group(mapping, mapping.getAnnotation(ConfigMapping.class).prefix(), properties);
    }

    private static <T> T group(Class<T> type, String prefix, Map<String, String> properties) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (_, method, _) -> value(method, prefix + "." + kebab(method.getName()), properties)));
    }

    private static Object value(Method method, String key, Map<String, String> properties) {
        WithDefault absent = method.getAnnotation(WithDefault.class);
        String text = properties.getOrDefault(key, absent == null ? null : absent.value());
        Class<?> type = method.getReturnType();
        if (type == Map.class) {
            return map(argument(method, 1), key, properties);
        } else if (type == Optional.class) {
            return Optional.ofNullable(text).map(present -> optional(present, method));
        } else if (type == OptionalDouble.class) {
            return text == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(text));
        } else if (type == List.class && text != null) {
            return Arrays.stream(text.split(","))
                    .map(part -> convert(part, argument(method, 0)))
                    .toList();
        } else if (type.isInterface() && type.getName().startsWith("com.mimiry.")) {
            return group(type, key, properties);
        }
        return convert(text, type);
    }

    private static Object optional(String text, Method method) {
        Type wanted = ((ParameterizedType) method.getGenericReturnType()).getActualTypeArguments()[0];
        return wanted instanceof ParameterizedType ? List.of(text.split(",", -1)) : convert(text, (Class<?>) wanted);
    }

    private static Map<String, Object> map(Class<?> valueType, String prefix, Map<String, String> properties) {
        Map<String, Object> map = new TreeMap<>();
        for (String key : properties.keySet()) {
            if (!key.startsWith(prefix + ".")) {
                continue;
            }
            String rest = key.substring(prefix.length() + 1);
            if (valueType.isInterface()) {
                String name = rest.substring(0, rest.indexOf('.'));
                map.computeIfAbsent(name, _ -> group(valueType, prefix + "." + name, properties));
            } else {
                map.put(rest, convert(properties.get(key), valueType));
            }
        }
        return map;
    }

    private static Object convert(@Nullable String text, Class<?> type) {
        if (text == null) {
            throw new IllegalArgumentException("a required value is missing");
        }
        return CONVERTERS.requireConverter(type).convert(text);
    }

    private static Class<?> argument(Method method, int index) {
        Type argument = ((ParameterizedType) method.getGenericReturnType()).getActualTypeArguments()[index];
        return (Class<?>) argument;
    }

    private static String kebab(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }
}
