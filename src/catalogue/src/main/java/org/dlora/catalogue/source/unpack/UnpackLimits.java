package org.dlora.catalogue.source.unpack;

/**
 * Bounds of an adapter's archive and files.
 *
 * @param maxBytes bytes of its archive, and of its unpacked files together
 * @param maxEntries files and folders
 * @param maxRatio unpacked bytes for each byte of the archive
 */
public record UnpackLimits(long maxBytes, int maxEntries, int maxRatio) {}
