/** Administration of a running server: endpoints by which operators read and change it, in JSON. */
@NullMarked
package org.dlora.api.admin;

import org.jspecify.annotations.NullMarked;
