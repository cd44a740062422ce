package org.dlora.app.settings;

import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * A model's share of the service. A model of weight 2 gets twice the service of one of weight 1.
 *
 * @param model its name
 * @param weight 0.01 to 100
 */
public record ShareProperties(
        @DefaultValue("") String model,
        @DefaultValue("1") @DecimalMin("0.01") @DecimalMax("100") double weight) {}
