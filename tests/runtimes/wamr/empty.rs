//! Nothing: cargo wants a target before it fetches the dependencies.
