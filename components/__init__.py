"""What runs in the browser: Python wrappers here, JavaScript modules in js/, styles in css/."""
