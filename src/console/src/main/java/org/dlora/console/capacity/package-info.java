/**
 * Page of the capacity: what takes the memories, how many more adapters fit, and which leave next.
 */
@NullMarked
package org.dlora.console.capacity;

import org.jspecify.annotations.NullMarked;
