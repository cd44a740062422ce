package org.dlora.catalogue.served;

import java.nio.file.Path;
import java.time.Instant;

/**
 * An adapter that is not served, because of its files.
 *
 * @param problem all that is wrong with them
 * @param found time at which that was found
 */
public record BrokenAdapter(String name, Path folder, String problem, Instant found) {}
