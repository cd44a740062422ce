package org.dlora.api.openai;

import java.time.Clock;
import java.time.Duration;

/**
 * What the endpoints are told from outside.
 *
 * @param ping a stream without a chunk for so long gets a comment, so that proxies keep it open
 * @param version what {@code /version} answers
 * @param clock for {@code created} and for templates that print the date
 */
public record HttpSettings(Duration ping, String version, Clock clock) {}
