package org.dlora.app.settings.check;

import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.util.Arrays;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.bind.Name;

/** Scan of a record of settings for the paths of all settings, by the names of its components. */
final class SettingPathScan {
    /** Suffix of a list's path that stands for each element. */
    static final String INDEX = "[]";

    private SettingPathScan() {}

    /**
     * Lists the paths, such as {@code dlora.kvCache.size} and {@code dlora.replicas[].threads}. A
     * list of plain values has two: {@code dlora.adapters.roots} and {@code
     * dlora.adapters.roots[]}.
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
