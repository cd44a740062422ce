package org.dlora.catalogue;

import java.util.regex.Pattern;
import org.dlora.adapter.AdapterRefusedException;

/**
 * Rules on names of new adapters: a name must not be one that means a version or an alias in a
 * request, or a part of another adapter in an address below {@code /admin/adapters/}. Adapters that
 * have such a name keep it.
 */
final class NewAdapterNames {
    private static final Pattern PART = Pattern.compile(".*/(?:versions|aliases|gate)(?:/[^/]*)?");

    private NewAdapterNames() {}

    /**
     * Checks a name.
     *
     * @throws AdapterRefusedException if no new adapter may have it
     */
    static void check(String name) {
        if (name.contains("@")) {
            throw new AdapterRefusedException(
                    "'%s' cannot be a new adapter's name: '@' separates a name from a version or an alias, as in sql@3; give the adapter another"
                            .formatted(name));
        }
        if (PART.matcher(name).matches()) {
            throw new AdapterRefusedException(
                    "'%s' cannot be a new adapter's name: it ends like the address of a version, an alias or a gate, as in sql/versions/3; give the adapter another"
                            .formatted(name));
        }
    }
}
