/** Page that chats with one model, or asks several models the same, for people. */
@NullMarked
package org.dlora.console.playground;

import org.jspecify.annotations.NullMarked;
