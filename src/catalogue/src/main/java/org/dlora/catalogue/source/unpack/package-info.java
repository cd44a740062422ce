/** Files of adapters out of uploads and archives, which a stranger may have made. */
@NullMarked
package org.dlora.catalogue.source.unpack;

import org.jspecify.annotations.NullMarked;
