/**
 * Profile of the time of a step. A device times its operations and derives the bytes and arithmetic
 * of each. The report compares their times with the limits of the machine. Nothing here serves.
 */
@NullMarked
package org.dlora.bench.profile;

import org.jspecify.annotations.NullMarked;
