/**
 * Where the time of a step goes: a device whose operations are timed, what each has to move and to
 * compute, and how near that comes to the limits of the machine. Nothing here serves.
 */
@NullMarked
package org.dlora.bench.profile;

import org.jspecify.annotations.NullMarked;
