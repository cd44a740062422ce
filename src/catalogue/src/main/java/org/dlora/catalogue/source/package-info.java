/**
 * Acquisition of adapters while the server runs: from the hub, web servers, object stores and
 * uploads into a store of contents. Whether an adapter can be served is decided in {@code adapter}.
 */
@NullMarked
package org.dlora.catalogue.source;

import org.jspecify.annotations.NullMarked;
