/** Endpoint and reader of the manifest. */
@NullMarked
package org.dlora.api.admin.manifest;

import org.jspecify.annotations.NullMarked;
