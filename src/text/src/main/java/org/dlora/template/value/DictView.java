package org.dlora.template.value;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The result of a mapping's {@code keys()}, {@code values()} or {@code items()}. */
public record DictView(Kind kind, Map<?, ?> source) {

    public enum Kind {
        KEYS,
        VALUES,
        ITEMS
    }

    public List<Object> items() {
        var items = new ArrayList<Object>(source.size());
        source.forEach((key, value) ->
                items.add(
                        switch (kind) {
                            case KEYS -> key;
                            case VALUES -> value;
                            case ITEMS -> Tuple.of(key, value);
                        }));
        return items;
    }

    String typeName() {
        return switch (kind) {
            case KEYS -> "dict_keys";
            case VALUES -> "dict_values";
            case ITEMS -> "dict_items";
        };
    }
}
