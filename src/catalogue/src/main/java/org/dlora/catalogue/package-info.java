/**
 * The catalogue of adapters at work: changes of names, versions and aliases, which are written to
 * the store and then put into effect in the cluster, and their sources. The packages below have the
 * parts by subject, and none of them knows this one.
 */
@NullMarked
package org.dlora.catalogue;

import org.jspecify.annotations.NullMarked;
