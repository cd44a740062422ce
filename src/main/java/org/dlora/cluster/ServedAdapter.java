package org.dlora.cluster;

import java.nio.file.Path;
import java.time.Instant;

/**
 * One load of one version of an adapter, under its name for clients.
 *
 * @param id its name for replicas. It is unique to this load, so versions of one name differ, and
 *     so does the same content loaded twice
 * @param version hash of the content
 * @param folder its source
 * @param created time of the load
 */
public record ServedAdapter(String id, String name, String version, Path folder, Instant created) {}
