/**
 * Many replicas behind one interface. This package dispatches requests, and loads and unloads the
 * adapters that all replicas serve.
 */
@NullMarked
package org.dlora.cluster;

import org.jspecify.annotations.NullMarked;
