package org.dlora.app.settings;

import jakarta.validation.constraints.Min;
import org.dlora.api.openai.responses.ResponseSettings;
import org.dlora.engine.opening.StartException;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Responses that are kept in memory, for calls that go on from them.
 *
 * @param maxCount most responses; 0 = none is kept
 * @param maxBytes most bytes of all
 */
public record ResponsesProperties(
        @DefaultValue("1000") @Min(0) int maxCount, @DefaultValue("64MB") DataSize maxBytes) {

    public ResponsesProperties {
        if (maxBytes.isNegative()) {
            throw new StartException(
                    "dlora.responses.max-bytes is %s: expected a size such as 64MB."
                            .formatted(maxBytes));
        }
    }

    public ResponseSettings settings() {
        return new ResponseSettings(maxCount, maxBytes.toBytes());
    }
}
