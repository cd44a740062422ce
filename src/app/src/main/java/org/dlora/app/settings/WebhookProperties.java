package org.dlora.app.settings;

import static java.time.temporal.ChronoUnit.SECONDS;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.dlora.api.webhooks.Webhook;
import org.dlora.api.webhooks.WebhookSignature;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.engine.opening.StartException;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * A URL that changes are sent to. Its text shows neither URL nor secret.
 *
 * @param url {@code https:} or {@code http:}
 * @param secret {@code whsec_} and the key in Base64; empty if a file has it
 * @param secretFile file that has the secret alone
 * @param events kinds of changes; empty: all
 * @param queue changes that may wait
 * @param timeout longest time of an attempt
 * @param giveUp age of a change from which on it is not sent any more
 */
public record WebhookProperties(
        @DefaultValue("") String url,
        @DefaultValue("") String secret,
        @DefaultValue("") String secretFile,
        @DefaultValue List<String> events,
        @DefaultValue("1000") @Min(1) @Max(100_000) int queue,
        @DefaultValue("10s") @DurationUnit(SECONDS) @DurationMin(millis = 10) Duration timeout,
        @DefaultValue("1h") @DurationUnit(SECONDS) @DurationMin(millis = 10) Duration giveUp) {

    /**
     * Returns the webhook.
     *
     * @param number in the list of the settings, which names it
     * @throws StartException if it is malformed
     */
    public Webhook webhook(int number) {
        var setting = "dlora.webhooks[%d]".formatted(number);
        return new Webhook(
                String.valueOf(number),
                uri(setting),
                signature(setting),
                kinds(setting),
                queue,
                timeout,
                giveUp);
    }

    private URI uri(String setting) {
        try {
            var uri = new URI(url);
            boolean isHttp = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            if (isHttp && uri.getHost() != null && uri.getUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException _) {
            // As if it were of another kind. The URL may be secret, so it is not told.
        }
        throw new StartException(
                "%s.url is no URL of a webhook: expected https://HOST/PATH or http://HOST/PATH, without user and password."
                        .formatted(setting));
    }

    private WebhookSignature signature(String setting) {
        if (secret.isBlank() == secretFile.isBlank()) {
            throw new StartException(
                    "%s has %s: set secret, or secret-file to a file that has it."
                            .formatted(
                                    setting,
                                    secret.isBlank() ? "no secret" : "a secret and a secret-file"));
        }
        try {
            return WebhookSignature.of(
                    secret.isBlank() ? Files.readString(Path.of(secretFile)) : secret);
        } catch (IOException e) {
            throw new StartException(
                    "%s.secret-file cannot be read: %s".formatted(setting, e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new StartException(
                    "%s.%s is malformed: %s."
                            .formatted(
                                    setting,
                                    secret.isBlank() ? "secret-file" : "secret",
                                    e.getMessage()));
        }
    }

    private Set<String> kinds(String setting) {
        for (var kind : events) {
            if (!ClusterEvent.KINDS.contains(kind)) {
                throw new StartException(
                        "%s.events has '%s': expected some of %s, or nothing for all."
                                .formatted(
                                        setting,
                                        kind,
                                        String.join(", ", new TreeSet<>(ClusterEvent.KINDS))));
            }
        }
        return Set.copyOf(events);
    }

    @Override
    public String toString() {
        return "WebhookProperties[events=%s]".formatted(events);
    }
}
