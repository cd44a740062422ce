package org.dlora.api.web;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlora.audit.ChangeCondition;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * Precondition of a call that changes something: its {@code If-Match} (RFC 9110 §13.1.1). Without
 * the header a call always changes.
 *
 * @param tags of which the present state must have one; {@code *} is that of every state
 */
public record Precondition(List<String> tags) {

    /**
     * Returns the precondition of a call.
     *
     * @throws ApiException with status 400 if the header has anything but tags
     */
    public static Precondition of(ServerHttpRequest call) {
        try {
            return new Precondition(call.getHeaders().getIfMatch());
        } catch (IllegalArgumentException _) {
            throw ApiException.wrong(
                    "If-Match",
                    "* or tags in quotes, as ETag of an answer has them",
                    String.valueOf(call.getHeaders().getFirst("If-Match")));
        }
    }

    /**
     * Returns the result of a change, which is refused with status 412 if the state that it finds
     * is another one.
     *
     * @param tag returns the tag of what a service finds; empty if that is not there
     */
    public <T> T call(Function<Object, Optional<EntityTag>> tag, Supplier<T> change) {
        return tags.isEmpty()
                ? change.get()
                : ChangeCondition.call(new TagCondition(tags, tag), change);
    }

    /** Condition whose tags are replaced by that of each state that the call itself has made. */
    private static final class TagCondition implements ChangeCondition {
        private final Function<Object, Optional<EntityTag>> tag;
        private List<String> expected;

        TagCondition(List<String> expected, Function<Object, Optional<EntityTag>> tag) {
            this.expected = expected;
            this.tag = tag;
        }

        @Override
        public void check(Object found) {
            var present = tag.apply(found).map(EntityTag::value);
            if (present.filter(one -> expected.contains(one) || expected.contains("*")).isEmpty()) {
                throw ApiException.of(
                        HttpStatus.PRECONDITION_FAILED,
                        "Nothing was changed, because If-Match has %s and the present state %s: look at it and repeat the change with its ETag."
                                .formatted(
                                        String.join(", ", expected),
                                        present.map(one -> "is " + one)
                                                .orElse("has no such resource")));
            }
        }

        @Override
        public void changed(Object made) {
            expected = tag.apply(made).map(EntityTag::value).stream().toList();
        }
    }
}
