/**
 * Administration of a running server: endpoints by which operators read and change it, in JSON.
 * What the console does likewise is public.
 */
@NullMarked
package org.dlora.api.admin;

import org.jspecify.annotations.NullMarked;
