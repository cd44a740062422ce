package org.dlora.app.settings.check;

import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;

/**
 * Values that the constraints of a setting allow, in words.
 *
 * @param setting the component of a record
 */
record AllowedValues(Field setting) {

    /**
     * Returns the values in words, such as "a whole number from 1 to 4096".
     *
     * @param settings a record of settings
     * @param path names of components from there on, such as {@code replicas[0].threads}
     */
    static String of(Class<?> settings, String path) {
        try {
            var type = settings;
            var names = path.replaceAll("\\[\\d+]", "").split("\\.", -1);
            for (int i = 0; i < names.length - 1; i++) {
                type = element(type.getDeclaredField(names[i]));
            }
            return new AllowedValues(type.getDeclaredField(names[names.length - 1])).words();
        } catch (NoSuchFieldException e) {
            throw new IllegalArgumentException(settings + " has no setting " + path, e);
        }
    }

    /** Returns the type of a component, or of a list's elements. */
    private static Class<?> element(Field component) {
        return component.getGenericType() instanceof ParameterizedType list
                ? (Class<?>) list.getActualTypeArguments()[0]
                : component.getType();
    }

    private String words() {
        var least = constraint(DurationMin.class);
        if (least != null) {
            var duration = duration(least);
            return duration.isZero()
                    ? "a time of 0 or more"
                    : "a time of at least " + text(duration);
        }
        if (constraint(Min.class) != null || constraint(Max.class) != null) {
            return "a whole number " + range(wholeLow(), wholeHigh());
        }
        return "a number " + range(low(), high());
    }

    /** A bound of the values, itself allowed or not. */
    private record Bound(String value, boolean isAllowed) {}

    private @Nullable Bound wholeLow() {
        var min = constraint(Min.class);
        return min == null ? null : new Bound(String.valueOf(min.value()), true);
    }

    private @Nullable Bound wholeHigh() {
        var max = constraint(Max.class);
        return max == null ? null : new Bound(String.valueOf(max.value()), true);
    }

    private @Nullable Bound low() {
        var min = constraint(DecimalMin.class);
        return min == null ? null : new Bound(min.value(), min.inclusive());
    }

    private @Nullable Bound high() {
        var max = constraint(DecimalMax.class);
        return max == null ? null : new Bound(max.value(), max.inclusive());
    }

    private static String range(@Nullable Bound low, @Nullable Bound high) {
        if (low == null) {
            return high == null ? "that is allowed" : most(high);
        }
        if (high == null) {
            return least(low);
        }
        return low.isAllowed && high.isAllowed
                ? "from " + low.value + " to " + high.value
                : least(low) + " and " + most(high);
    }

    private static String least(Bound low) {
        return (low.isAllowed ? "of at least " : "above ") + low.value;
    }

    private static String most(Bound high) {
        return (high.isAllowed ? "of at most " : "below ") + high.value;
    }

    private static Duration duration(DurationMin least) {
        return Duration.ofDays(least.days())
                .plusHours(least.hours())
                .plusMinutes(least.minutes())
                .plusSeconds(least.seconds())
                .plusMillis(least.millis())
                .plusNanos(least.nanos());
    }

    private static String text(Duration duration) {
        return duration.toMillis() + "ms";
    }

    private <A extends Annotation> @Nullable A constraint(Class<A> kind) {
        return setting.getAnnotation(kind);
    }
}
