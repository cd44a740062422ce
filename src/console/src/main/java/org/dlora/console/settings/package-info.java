/**
 * Page of the settings: what is in force and where it comes from, and forms for what can be changed
 * while the server runs. Secrets are never shown.
 */
@NullMarked
package org.dlora.console.settings;

import org.jspecify.annotations.NullMarked;
