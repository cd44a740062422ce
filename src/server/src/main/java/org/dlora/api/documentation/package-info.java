/**
 * The OpenAPI document of the endpoints. Controllers do not know it: springdoc finds them, records
 * and their Javadoc describe the answers, and the files below {@code openapi/} the rest.
 */
@NullMarked
package org.dlora.api.documentation;

import org.jspecify.annotations.NullMarked;
