package org.dlora.console.decisions;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.jspecify.annotations.Nullable;

/**
 * Names of adapters for people, by the ids that replicas know: the name of a main version, {@code
 * name@number} of another one that is served, and the id of one that is not. Each is looked up
 * once, when it is asked for.
 */
public final class RegistrationNames {
    /** Ids in words: in quotes, or without a blank. Numbers are given once in a server. */
    private static final Pattern ID =
            Pattern.compile("'(?<quoted>[^']+#\\d+)'|(?<bare>[^\\s,\\[\\]'():]+#\\d+)");

    private final Function<String, Optional<CatalogueEntry>> adapters;
    private final Map<String, String> known = new ConcurrentHashMap<>();

    private RegistrationNames(Function<String, Optional<CatalogueEntry>> adapters) {
        this.adapters = adapters;
    }

    /** Returns the names of the adapters that are served now. */
    public static RegistrationNames of(ServedModels models) {
        return of(models.catalogue()::entry);
    }

    /**
     * Returns the names of the adapters of a catalogue.
     *
     * @param adapters adapters by name
     */
    public static RegistrationNames of(Function<String, Optional<CatalogueEntry>> adapters) {
        return new RegistrationNames(adapters);
    }

    /** Returns names by id, none of which has a page. */
    public static RegistrationNames of(Map<String, String> byId) {
        var names = new RegistrationNames(_ -> Optional.empty());
        names.known.putAll(byId);
        return names;
    }

    /** Returns the name of an adapter. */
    public String name(String id) {
        return known.computeIfAbsent(
                id, _ -> entry(id).flatMap(entry -> label(entry, id)).orElse(id));
    }

    /**
     * Returns a name with the numbers of its versions that have some weights: {@code sql version
     * 2}. It is the name alone if the adapter has had its first version only, or they are not
     * known.
     *
     * @param weights content hash of the weights
     */
    public String version(String name, String weights) {
        var versions =
                adapters.apply(name)
                        .map(entry -> entry.record().versions().values())
                        .orElse(List.of());
        var numbers =
                versions.stream()
                        .filter(version -> version.weights().filter(weights::equals).isPresent())
                        .map(version -> String.valueOf(version.number()))
                        .toList();
        if (numbers.isEmpty() || (versions.size() == 1 && numbers.contains("1"))) {
            return name;
        }
        return name
                + (numbers.size() == 1 ? " version " : " versions ")
                + String.join(", ", numbers);
    }

    /** Returns the name that the adapter's page has; null if it is not served. */
    public @Nullable String page(String id) {
        return entry(id).map(CatalogueEntry::name).orElse(null);
    }

    private Optional<CatalogueEntry> entry(String id) {
        return adapters.apply(ReplicaTimeline.name(id));
    }

    private static Optional<String> label(CatalogueEntry entry, String id) {
        if (entry.main().filter(main -> main.id().equals(id)).isPresent()) {
            return Optional.of(entry.name());
        }
        return entry.served().entrySet().stream()
                .filter(version -> version.getValue().id().equals(id))
                .map(version -> entry.name() + "@" + version.getKey())
                .findFirst();
    }

    /** Returns words that were recorded, with names in the place of ids. */
    public String in(String words) {
        return ID.matcher(words)
                .replaceAll(found -> {
                    var quoted = found.group("quoted");
                    return Matcher.quoteReplacement(
                            name(quoted == null ? found.group("bare") : quoted));
                });
    }
}
