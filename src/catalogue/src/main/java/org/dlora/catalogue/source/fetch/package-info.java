/**
 * Transfers of files from other hosts: their progress, their errors, and which addresses they may
 * go to. What the files are is not known here.
 */
@NullMarked
package org.dlora.catalogue.source.fetch;

import org.jspecify.annotations.NullMarked;
