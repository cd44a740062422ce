package org.dlora.catalogue.manifest;

import java.util.Set;

/** Service that shows the manifest, and how what is served differs from it. Thread-safe. */
public interface ManifestService {
    /** Returns how the server stands to its manifest. */
    ManifestReport report();

    /** Returns the members of an adapter that the manifest says; empty if it says none. */
    Set<String> members(String name);
}
