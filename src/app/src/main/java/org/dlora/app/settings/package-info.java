/** Settings {@code dlora.…} as records, with the folders that follow from them. */
@NullMarked
package org.dlora.app.settings;

import org.jspecify.annotations.NullMarked;
