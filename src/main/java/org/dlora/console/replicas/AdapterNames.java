package org.dlora.console.replicas;

import static java.util.stream.Collectors.toMap;

import java.util.Map;
import org.dlora.api.openai.Served;
import org.dlora.cluster.adapters.ServedAdapter;

/**
 * Names of adapters for people, by the ids that replicas know. A version that is not its name's
 * main one goes by its id, so that it is not taken for the main one.
 *
 * @param byId name of each main version
 */
public record AdapterNames(Map<String, String> byId) {
    public AdapterNames {
        byId = Map.copyOf(byId);
    }

    /** Returns the names of the adapters that are served now. */
    public static AdapterNames of(Served served) {
        return new AdapterNames(
                served.models().adapters().stream()
                        .collect(toMap(ServedAdapter::id, ServedAdapter::name)));
    }

    /** Returns the name of an adapter. */
    public String name(String id) {
        return byId.getOrDefault(id, id);
    }
}
