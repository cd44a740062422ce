/** Main class of the program, and the rules of its command line and its end. */
@NullMarked
package org.dlora.app;

import org.jspecify.annotations.NullMarked;
