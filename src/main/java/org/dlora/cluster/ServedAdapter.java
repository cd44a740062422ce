package org.dlora.cluster;

import java.nio.file.Path;
import java.time.Instant;

/**
 * One version of an adapter under the name that clients call it.
 *
 * @param id what replicas call it: unique to this load, so that versions of one name, and even the
 *     same content loaded twice, are told apart
 * @param version hash of its content
 * @param folder where it came from
 * @param created when it was loaded
 */
public record ServedAdapter(String id, String name, String version, Path folder, Instant created) {}
