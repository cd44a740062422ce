package org.dlora.api.web;

import java.time.Clock;
import java.time.Duration;

/**
 * Settings of the endpoints.
 *
 * @param ping time after which a quiet stream gets a comment, so that proxies keep it open
 * @param version the server's version, for {@code /version}
 * @param clock for {@code created} and for templates that print the date
 */
public record HttpSettings(Duration ping, String version, Clock clock) {}
