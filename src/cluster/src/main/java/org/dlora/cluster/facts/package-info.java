/**
 * Facts of ended requests, and the observers that are told of them: logs, metrics, a database, a
 * console.
 */
@NullMarked
package org.dlora.cluster.facts;

import org.jspecify.annotations.NullMarked;
