package org.dlora.catalogue.versions;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Description of an adapter by its operator.
 *
 * @param pinned whether it is never evicted; empty if the catalogue does not say
 */
public record AdapterDetails(
        String description, SortedSet<String> tags, String owner, Optional<Boolean> pinned) {

    /** Says nothing. */
    public static final AdapterDetails NONE =
            new AdapterDetails("", new TreeSet<>(), "", Optional.empty());

    public AdapterDetails {
        tags = Collections.unmodifiableSortedSet(new TreeSet<>(tags));
    }

    /** Returns these details with another pin. */
    public AdapterDetails pinned(boolean pin) {
        return new AdapterDetails(description, tags, owner, Optional.of(pin));
    }
}
