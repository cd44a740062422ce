/**
 * The operations of a step on a GPU: checks of arguments, descriptions of rows and terms, and the
 * launches that follow from them. One replica's thread uses them.
 */
@NullMarked
package org.dlora.device.cuda.operations;

import org.jspecify.annotations.NullMarked;
