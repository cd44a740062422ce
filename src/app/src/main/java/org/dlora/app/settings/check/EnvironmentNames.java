package org.dlora.app.settings.check;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Search for environment variables {@code DLORA_…} and system properties {@code dlora.…} that are
 * no setting. Spring Boot checks neither. In files and arguments an unknown setting is an error. In
 * the environment it is only found, because others choose names there too: Kubernetes makes some of
 * a service called {@code dlora}.
 */
final class EnvironmentNames {
    private static final String PREFIX = "DLORA_";

    /** Variable that commands read a key from. */
    private static final String KEY = "DLORA_KEY";

    /** System properties that are read elsewhere: of the devices, the launcher and the tests. */
    private static final Pattern ELSEWHERE =
            Pattern.compile(
                    "dlora\\.(cpu\\.vector|cuda\\.(driver|graphs|kernels)|launcher\\..*|test\\..*)");

    private final List<Pattern> known;

    /**
     * @param properties a record bound by its constructor, its nested records and lists of records
     *     included
     */
    EnvironmentNames(String prefix, Class<? extends Record> properties) {
        known = SettingPathScan.of(prefix, properties).map(EnvironmentNames::pattern).toList();
    }

    /** Returns the names of {@code names} that start with {@code DLORA_} and set nothing. */
    Set<String> unknown(Set<String> names) {
        return names.stream()
                .filter(name -> name.toUpperCase(Locale.ROOT).startsWith(PREFIX))
                .filter(name -> !name.equals(KEY))
                .filter(name ->
                        known.stream().noneMatch(setting -> setting.matcher(name).matches()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Returns the properties of {@code properties} that start with {@code dlora.} and set nothing.
     */
    Set<String> unknownProperties(Set<String> properties) {
        return properties.stream()
                .filter(name -> name.startsWith("dlora."))
                .filter(name -> !ELSEWHERE.matcher(name).matches())
                .filter(name -> !unknown(Set.of(variable(name))).isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns Spring's spelling of a property as an environment variable. */
    private static String variable(String property) {
        return property.replace("-", "")
                .replace("[", ".")
                .replace("]", "")
                .replace('.', '_')
                .toUpperCase(Locale.ROOT);
    }

    // Spring reads dlora.kv-cache.size from DLORA_KVCACHE_SIZE, and from DLORA_KV_CACHE_SIZE too.
    private static Pattern pattern(String path) {
        var regex =
                Arrays.stream(path.split("\\."))
                        .map(part ->
                                part.endsWith(SettingPathScan.INDEX)
                                        ? word(part.replace(SettingPathScan.INDEX, "")) + "_\\d+"
                                        : word(part))
                        .collect(Collectors.joining("_"));
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }

    private static String word(String camelCase) {
        return camelCase.replaceAll("([A-Z])", "_?$1");
    }
}
