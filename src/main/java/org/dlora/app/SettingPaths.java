package org.dlora.app;

import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.util.Arrays;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.Name;

/** The names of all settings of a record, as its components are called. */
final class SettingPaths {
    /** Follows the name of a list, for each of its elements. */
    static final String INDEX = "[]";

    private SettingPaths() {}

    /**
     * E.g. {@code dlora.kvCache.size}, {@code dlora.replicas[].threads}, and for a list of plain
     * values both {@code dlora.adapters.roots} and {@code dlora.adapters.roots[]}.
     *
     * @param properties a record bound by its constructor, its nested records and lists of records
     *     included
     */
    static Stream<String> of(String prefix, Class<?> properties) {
        var parameters = properties.getDeclaredConstructors()[0].getParameters();
        return Arrays.stream(parameters).flatMap(p -> of(prefix + "." + name(p), p));
    }

    private static Stream<String> of(String path, Parameter parameter) {
        if (parameter.getType().isRecord()) {
            return of(path, parameter.getType());
        }
        if (!(parameter.getParameterizedType() instanceof ParameterizedType list)) {
            return Stream.of(path);
        }
        var element = (Class<?>) list.getActualTypeArguments()[0];
        return element.isRecord() ? of(path + INDEX, element) : Stream.of(path, path + INDEX);
    }

    private static String name(Parameter parameter) {
        var name = parameter.getAnnotation(Name.class);
        return name == null ? parameter.getName() : name.value();
    }
}
