package org.dlora.catalogue.source.hub;

import java.util.OptionalLong;

/**
 * A file of a repository, as the hub's answer tells of it.
 *
 * @param hash SHA-256 of the content for a file in large storage (64 hexadecimal digits), else the
 *     SHA-1 of Git's blob (40)
 * @param size bytes; empty if the hub did not say
 */
record HubFile(String name, String hash, OptionalLong size) {}
