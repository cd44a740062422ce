package org.dlora.catalogue.manifest;

import org.jspecify.annotations.Nullable;

/**
 * A member of an adapter that is not as the manifest wants it.
 *
 * @param member such as {@code description}, {@code versions.LABEL}, {@code route} or {@code
 *     aliases.NAME}
 * @param desired value of JSON
 * @param actual value of JSON; null if there is none
 */
public record Difference(String adapter, String member, Object desired, @Nullable Object actual) {}
