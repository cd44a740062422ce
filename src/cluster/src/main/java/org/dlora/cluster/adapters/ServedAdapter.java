package org.dlora.cluster.adapters;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.dlora.adapter.RegisteredAdapter;

/**
 * One registration of one version of an adapter, under its name for clients.
 *
 * @param id its name for replicas. Versions of one name differ in it, and so does the same content
 *     under two names. A reload of the same content under the same name keeps it
 * @param source its files
 * @param created time of the registration
 */
public record ServedAdapter(String id, RegisteredAdapter source, Instant created) {

    /** Returns the name that clients use. */
    public String name() {
        return source.name();
    }

    /** Returns the folder of its files. */
    public Path folder() {
        return source.folder();
    }

    /** Returns the hash of the content; empty while it has not been validated. */
    public Optional<String> version() {
        return source.version();
    }
}
