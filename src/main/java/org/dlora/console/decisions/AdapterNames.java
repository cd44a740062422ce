package org.dlora.console.decisions;

import static java.util.stream.Collectors.toMap;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dlora.api.openai.Served;
import org.dlora.cluster.adapters.ServedAdapter;

/**
 * Names of adapters for people, by the ids that replicas know. A version that is not its name's
 * main one goes by its id, so that it is not taken for the main one.
 *
 * @param byId name of each main version
 */
public record AdapterNames(Map<String, String> byId) {
    /** Ids in words: in quotes, or without a blank. Numbers are given once in a server. */
    private static final Pattern ID =
            Pattern.compile("'(?<quoted>[^']+#\\d+)'|(?<bare>[^\\s,\\[\\]'():]+#\\d+)");

    public AdapterNames {
        byId = Map.copyOf(byId);
    }

    /** Returns the names of the adapters that are served now. */
    public static AdapterNames of(Served served) {
        return of(
                served.models().adapters().stream()
                        .collect(toMap(ServedAdapter::id, ServedAdapter::name)));
    }

    /** Returns names by id. */
    public static AdapterNames of(Map<String, String> byId) {
        return new AdapterNames(byId);
    }

    /** Returns the name of an adapter. */
    public String name(String id) {
        return byId.getOrDefault(id, id);
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
