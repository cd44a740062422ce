/** Files of adapters out of uploads and archives, which a stranger may have made. */
@NullMarked
package org.dlora.adapter.source.unpack;

import org.jspecify.annotations.NullMarked;
