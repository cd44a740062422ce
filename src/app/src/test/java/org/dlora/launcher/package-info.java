/**
 * The packaged jar, started as a user starts it; the launcher's own classes are in {@code
 * src/main/launcher}.
 */
@NullMarked
package org.dlora.launcher;

import org.jspecify.annotations.NullMarked;
