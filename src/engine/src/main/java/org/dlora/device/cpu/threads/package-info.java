/**
 * The threads that operations run on: a team of workers, the units they take, and the barrier that
 * ends an operation. Nothing here knows what is computed.
 */
@NullMarked
package org.dlora.device.cpu.threads;

import org.jspecify.annotations.NullMarked;
