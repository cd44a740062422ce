/**
 * Administration of a running server: endpoints by which operators read and change it, in JSON.
 * Orders that pages of the console give too are public.
 */
@NullMarked
package org.dlora.api.admin;

import org.jspecify.annotations.NullMarked;
